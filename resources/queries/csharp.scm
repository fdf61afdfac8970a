; What is coloured in C#. A narrower node wins over a wider one; of the patterns that name the same
; node, the last one wins.

; Names, by where they stand
(member_access_expression name: (identifier) @property)
(invocation_expression function: (identifier) @function)
(invocation_expression function: (member_access_expression name: (identifier) @function))
(method_declaration name: (identifier) @function)
(local_function_statement name: (identifier) @function)
(constructor_declaration name: (identifier) @type)
(destructor_declaration name: (identifier) @type)
(property_declaration name: (identifier) @property)
(class_declaration name: (identifier) @type)
(interface_declaration name: (identifier) @type)
(struct_declaration name: (identifier) @type)
(record_declaration name: (identifier) @type)
(enum_declaration name: (identifier) @type)
(enum_member_declaration name: (identifier) @constant)
(delegate_declaration name: (identifier) @type)
(type_parameter name: (identifier) @type)
(object_creation_expression type: (identifier) @type)
(object_creation_expression type: (generic_name (identifier) @type))
(generic_name (identifier) @type)
(base_list (identifier) @type)
(variable_declaration type: (identifier) @type)
(parameter type: (identifier) @type)
(property_declaration type: (identifier) @type)
(method_declaration returns: (identifier) @type)
(type_argument_list (identifier) @type)
(array_type type: (identifier) @type)
(nullable_type type: (identifier) @type)
(cast_expression type: (identifier) @type)
(qualified_name (identifier) @type)
(namespace_declaration name: (identifier) @type)
(using_directive (identifier) @type)
(attribute name: (identifier) @decorator)
(predefined_type) @type
(implicit_type) @keyword

; Values
[(integer_literal) (real_literal)] @number
[(boolean_literal) (null_literal)] @constant
["this" "base"] @constant
(comment) @comment
[(string_literal) (verbatim_string_literal) (raw_string_literal) (character_literal)] @string
(interpolated_string_expression) @string
(interpolation_brace) @escape
(escape_sequence) @escape
[
  (preproc_if) (preproc_region) (preproc_endregion) (preproc_define) (preproc_undef)
  (preproc_pragma) (preproc_nullable)
] @decorator

; Words and signs
[
  "as" "async" "await" "break" "case" "catch" "checked" "class" "const" "continue" "default"
  "delegate" "do" "else" "enum" "event" "explicit" "extern" "finally" "fixed" "for" "foreach"
  "from" "get" "global" "goto" "if" "implicit" "in" "init" "interface" "internal" "is" "join"
  "let" "lock" "namespace" "new" "operator" "out" "override" "params" "partial" "private"
  "protected" "public" "readonly" "record" "ref" "required" "return" "sealed" "select" "set"
  "sizeof" "stackalloc" "static" "struct" "switch" "throw" "try" "typeof" "unsafe" "using"
  "virtual" "volatile" "when" "where" "while" "with" "yield" "abstract" "file" "scoped"
  "and" "or" "not" "on" "equals" "into" "orderby" "group" "by" "ascending" "descending"
] @keyword
[
  "+" "-" "*" "/" "%" "&" "|" "^" "~" "!" "=" "<" ">" "?" "++" "--" "&&" "||" "<<" ">>"
  "==" "!=" "<=" ">=" "+=" "-=" "*=" "/=" "%=" "&=" "|=" "^=" "<<=" ">>=" "??" "??=" "=>"
] @operator
