; What is coloured in Python. A narrower node wins over a wider one; of the patterns that name the
; same node, the last one wins: general first, special after.

; Names, by what they look like
((identifier) @constant (#match? @constant "^_*[A-Z][A-Z0-9_]+$"))
((identifier) @type (#match? @type "^_*[A-Z].*[a-z]"))
((identifier) @constant (#any-of? @constant "self" "cls" "__name__" "__file__" "NotImplemented"))

; Names, by where they stand
(attribute attribute: (identifier) @property)
(keyword_argument name: (identifier) @property)
(call function: (identifier) @function)
(call function: (attribute attribute: (identifier) @function))
((call function: (identifier) @type) (#match? @type "^_*[A-Z]"))
((call function: (attribute attribute: (identifier) @type)) (#match? @type "^_*[A-Z]"))
(function_definition name: (identifier) @function)
(class_definition name: (identifier) @type)
(type (identifier) @type)
(type (attribute attribute: (identifier) @type))
(type (generic_type (identifier) @type))
(type (binary_operator (identifier) @type))
(decorator "@" @decorator)
(decorator (identifier) @decorator)
(decorator (attribute attribute: (identifier) @decorator))
(decorator (call function: (identifier) @decorator))
(decorator (call function: (attribute attribute: (identifier) @decorator)))

; Values
[(integer) (float)] @number
[(true) (false) (none) (ellipsis)] @constant
(comment) @comment
[(string_start) (string_content) (string_end)] @string
[(escape_sequence) (escape_interpolation)] @escape
(interpolation ["{" "}"] @escape)
[(type_conversion) (format_specifier)] @escape

; Words and signs
[
  "as" "assert" "async" "await" "break" "case" "class" "continue" "def" "del" "elif" "else"
  "except" "finally" "for" "from" "global" "if" "import" "lambda" "match" "nonlocal" "pass"
  "raise" "return" "try" "type" "while" "with" "yield"
  "and" "in" "is" "not" "or" "is not" "not in"
] @keyword
[
  "+" "-" "*" "/" "//" "%" "**" "@=" "&" "|" "^" "~" "<<" ">>" "<" "<=" ">" ">=" "==" "!="
  "=" "+=" "-=" "*=" "/=" "//=" "%=" "**=" "&=" "|=" "^=" "<<=" ">>=" ":=" "->"
] @operator
(binary_operator operator: "@" @operator)
