; What TypeScript has beyond JavaScript, whose query stands before this one.

(type_identifier) @type
(predefined_type) @type
(nested_type_identifier (identifier) @type)
(this_type) @constant
(literal_type [(true) (false) (null) (undefined)] @constant)
(property_signature name: (property_identifier) @property)
(method_signature name: (property_identifier) @function)
(abstract_method_signature name: (property_identifier) @function)
(function_signature name: (identifier) @function)
(enum_declaration name: (identifier) @type)
(enum_body name: (property_identifier) @constant)
(enum_assignment name: (property_identifier) @constant)

[
  "abstract" "any" "asserts" "declare" "enum" "implements" "infer" "interface" "is" "keyof"
  "module" "namespace" "override" "private" "protected" "public" "readonly" "satisfies" "type"
] @keyword
(type_arguments ["<" ">"] @operator)
(union_type "|" @operator)
(intersection_type "&" @operator)
(optional_type "?" @operator)
