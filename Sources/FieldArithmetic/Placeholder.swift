// FieldArithmetic
