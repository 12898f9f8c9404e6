package dev.eddy.bench.peers;

import static org.bytedeco.mkl.global.mkl_rt.*;

import dev.eddy.bench.Case;
import dev.eddy.bench.Contestant;
import org.bytedeco.javacpp.FloatPointer;

/** The matrix product of MKL, with the weights packed once as it likes them. */
final class Mkl implements Contestant {
  Mkl() {}

  @Override
  public String version() {
    byte[] version = new byte[200];
    MKL_Get_Version_String(version, version.length);
    return new String(version, java.nio.charset.StandardCharsets.UTF_8).split("\0", 2)[0].strip();
  }

  @Override
  public Run prepare(Case of) {
    Product product = new Product(of);
    FloatPointer packed =
        new FloatPointer(
            cblas_sgemm_pack_get_size(CblasBMatrix, product.m, product.n, product.k) / 4);
    cblas_sgemm_pack(
        CblasRowMajor,
        CblasBMatrix,
        CblasTrans,
        product.m,
        product.n,
        product.k,
        1,
        product.weights,
        product.k,
        packed);
    return product.of(
        () ->
            cblas_sgemm_compute(
                CblasRowMajor,
                CblasNoTrans,
                CblasPacked,
                product.m,
                product.n,
                product.k,
                product.xh,
                product.k,
                packed,
                product.n,
                0,
                product.y,
                product.n));
  }
}
