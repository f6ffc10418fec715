// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.parallel;

import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.collective.SingleProcess;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ShardingTest {
  private static final Mesh MESH = new Mesh(1, 2, 2);

  @Test
  void everyRankHasASeatOfItsOwn() {
    Mesh mesh = new Mesh(2, 3, 4);
    Set<Mesh.Seat> seats = new HashSet<>();
    for (int rank = 0; rank < mesh.size(); rank++) {
      seats.add(mesh.seat(rank));
    }
    assertThat(seats).hasSize(24);
    assertThat(mesh.seat(13)).isEqualTo(new Mesh.Seat(1, 0, 1));
    assertThatThrownBy(() -> mesh.seat(24)).hasMessageContaining("24");
    assertThatThrownBy(() -> new Mesh(1, 0, 1)).hasMessageContaining("expert 0");
  }

  @Test
  void theSeatsPartsMakeUpTheWholeAndNothingTwice() {
    for (String name : new String[] {"llama", "qwen2", "qwen3", "qwen2_moe"}) {
      DecoderConfig config = Corpus.decoder(name);
      Mesh mesh = config.experts() == null ? new Mesh(1, 1, 2) : MESH;
      Sharding sharding = new Sharding(config, mesh);
      try (Decoder decoder = Decoder.random(config, 3);
          Scope _ = Scope.open()) {
        decoder.weights().named().forEach((tensorName, whole) -> {
          Tensor again = torch.zeros_like(whole);
          long elements = 0;
          for (int rank = 0; rank < mesh.size(); rank++) {
            Tensor part = sharding.part(tensorName, whole, mesh.seat(rank));
            assertThat(sharding.wholeShape(tensorName, part.shape())).isEqualTo(whole.shape());
            sharding.put(tensorName, part, again, mesh.seat(rank));
            elements += sharding.standsFor(tensorName, mesh.seat(rank)) ? part.numel() : 0;
          }
          assertThat(elements).as(tensorName).isEqualTo(whole.numel());
          assertThat(Tensors.floats(again)).as(tensorName).isEqualTo(Tensors.floats(whole));
        });
      }
    }
  }

  @Test
  void refusesWhatTheMeshDoesNotDivide() {
    refused("llama", new Mesh(1, 1, 8), "num_key_value_heads 4");
    refused("llama", new Mesh(1, 2, 1), "has no experts");
    refused("qwen2_moe", new Mesh(1, 3, 1), "num_experts 4");
    refused("llama", new Mesh(1, 1, 3), "num_key_value_heads 4");
    assertThatThrownBy(() -> new MeshGroups(MESH, new SingleProcess()).close())
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("needs 4 ranks, found 1");
  }

  private static void refused(String name, Mesh mesh, String message) {
    assertThatThrownBy(() -> new Sharding(Corpus.decoder(name), mesh))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
  }
}
