import FieldArithmetic
import Preprocessing
import SecretSharing
import Testing

@Suite struct BilinearShapeTests {
  @Test func aMatrixShapeMultipliesRowMajorMatrices() {
    let shape = BilinearShape.matrix(MatrixShape(rows: 2, inner: 3, columns: 1))
    let c = shape.evaluate([1, 2, 3, 4, 5, 6].map { P61(UInt64($0)) }, [1, 10, 100].map { P61(UInt64($0)) })
    #expect(c == [P61(UInt64(321)), P61(UInt64(654))])
    #expect(shape.count(.left) == 6 && shape.count(.right) == 3 && shape.outputCount == 2)
  }
}
