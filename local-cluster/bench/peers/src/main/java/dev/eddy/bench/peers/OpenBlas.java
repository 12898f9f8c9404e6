package dev.eddy.bench.peers;

import static org.bytedeco.openblas.global.openblas.*;

import dev.eddy.bench.Case;
import dev.eddy.bench.Contestant;
import java.io.IOException;
import org.bytedeco.javacpp.Loader;

/** The matrix product of OpenBLAS, which takes the weights as they are. */
final class OpenBlas implements Contestant {
  OpenBlas() {}

  @Override
  public String version() throws IOException {
    return Loader.getVersion("org.bytedeco", "openblas");
  }

  @Override
  public Run prepare(Case of) {
    Product product = new Product(of);
    return product.of(
        () ->
            cblas_sgemm(
                CblasRowMajor,
                CblasNoTrans,
                CblasTrans,
                product.m,
                product.n,
                product.k,
                1,
                product.xh,
                product.k,
                product.weights,
                product.k,
                0,
                product.y,
                product.n));
  }
}
