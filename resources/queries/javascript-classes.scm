; What JavaScript's trees call otherwise than TypeScript's, which share the query before this one.

(class_declaration name: (identifier) @type)
(class_heritage (identifier) @type)
