; What is coloured in JavaScript and JSX. A narrower node wins over a wider one; of the patterns that
; name the same node, the last one wins: general first, special after.

; Names, by what they look like
((identifier) @constant (#match? @constant "^_*[A-Z][A-Z0-9_]+$"))
((identifier) @type (#match? @type "^[A-Z].*[a-z]"))

; Names, by where they stand
[
  (property_identifier) (private_property_identifier)
  (shorthand_property_identifier) (shorthand_property_identifier_pattern)
] @property
(statement_identifier) @constant
(call_expression function: (identifier) @function)
(call_expression function: (member_expression property: (property_identifier) @function))
(call_expression function: (member_expression property: (private_property_identifier) @function))
(new_expression constructor: (identifier) @type)
(function_declaration name: (identifier) @function)
(function_expression name: (identifier) @function)
(generator_function_declaration name: (identifier) @function)
(method_definition name: [(property_identifier) (private_property_identifier)] @function)
(variable_declarator
  name: (identifier) @function
  value: [(arrow_function) (function_expression)])
(pair key: (property_identifier) @function value: [(arrow_function) (function_expression)])
(assignment_expression
  left: (member_expression property: (property_identifier) @function)
  right: [(arrow_function) (function_expression)])
(decorator "@" @decorator)
(decorator (identifier) @decorator)
(decorator (call_expression function: (identifier) @decorator))
(jsx_opening_element name: (identifier) @type)
(jsx_closing_element name: (identifier) @type)
(jsx_self_closing_element name: (identifier) @type)
(jsx_attribute (property_identifier) @property)

; Values
(number) @number
[(true) (false) (null) (undefined) (this) (super)] @constant
[(comment) (html_comment) (hash_bang_line)] @comment
(string) @string
(template_string ["`" (string_fragment)] @string)
(template_substitution ["${" "}"] @escape)
(regex) @string
(regex_flags) @escape
[(escape_sequence) (html_character_reference)] @escape

; Words and signs
[
  "as" "async" "await" "break" "case" "catch" "class" "const" "continue" "debugger" "default"
  "delete" "do" "else" "export" "extends" "finally" "for" "from" "function" "get" "if" "import"
  "in" "instanceof" "let" "new" "of" "return" "set" "static" "switch" "target" "throw" "try"
  "typeof" "var" "void" "while" "with" "yield"
] @keyword
[
  "+" "-" "*" "**" "%" "++" "--" "&" "|" "^" "~" "<<" ">>" ">>>" "&&" "||" "??" "!"
  "==" "===" "!=" "!==" "<=" ">=" "=" "+=" "-=" "*=" "**=" "/=" "%=" "&=" "|=" "^="
  "<<=" ">>=" ">>>=" "&&=" "||=" "??=" "=>" "..."
] @operator
(binary_expression operator: ["<" ">" "/"] @operator)
(ternary_expression ["?" ":"] @operator)
(optional_chain) @operator
