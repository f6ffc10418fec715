// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.collective;

import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Meeting at an address, as processes of several machines do. */
class GlooOverTcpTest {
  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static float sum(Rendezvous at) {
    try (Scope _ = Scope.open();
        Collective group = Gloo.join(at)) {
      Tensor tensor = Tensors.of(new float[] {at.rank() + 1}, 1);
      group.allReduce(tensor, Reduction.SUM);
      group.barrier();
      return Tensors.floats(tensor)[0];
    }
  }

  @Test
  void ranksMeetAtAnAddressWhoeverComesFirst() throws Exception {
    int port = freePort();
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Callable<Float>> ranks = IntStream.range(0, 3)
          .mapToObj(rank -> (Callable<Float>) () -> sum(new Rendezvous("127.0.0.1", port, rank, 3, rank))).toList();
      for (Future<Float> rank : threads.invokeAll(ranks)) {
        assertThat(rank.get()).isEqualTo(6);
      }
    }
  }

  @Test
  void aRankThatFindsNobodySaysWhereItLooked() throws Exception {
    int port = freePort();
    assertThatThrownBy(() -> Gloo.join(new Rendezvous("127.0.0.1", port, 1, 2, 1), Duration.ofMillis(300)))
        .hasMessageContaining("rank 1 of 2").hasMessageContaining("127.0.0.1:" + port).hasMessageContaining("MASTER_PORT");
  }
}
