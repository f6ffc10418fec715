// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.collective;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class RendezvousTest {
  private static Map<String, String> environment(String... changes) {
    Map<String, String> environment = new HashMap<>(Map.of(
        "MASTER_ADDR", "10.0.0.1", "MASTER_PORT", "29500", "RANK", "3", "WORLD_SIZE", "8", "LOCAL_RANK", "1"));
    for (int i = 0; i < changes.length; i += 2) {
      if (changes[i + 1].isEmpty()) {
        environment.remove(changes[i]);
      } else {
        environment.put(changes[i], changes[i + 1]);
      }
    }
    return environment;
  }

  @Test
  void readsWhatTorchrunSets() {
    assertThat(Rendezvous.of(environment())).contains(new Rendezvous("10.0.0.1", 29_500, 3, 8, 1));
    assertThat(Rendezvous.of(environment("LOCAL_RANK", ""))).contains(new Rendezvous("10.0.0.1", 29_500, 3, 8, 0));
    assertThat(Rendezvous.of(environment("WORLD_SIZE", ""))).isEmpty();
  }

  @Test
  void namesTheVariableThatIsMissingOrWrong() {
    assertThatThrownBy(() -> Rendezvous.of(environment("MASTER_ADDR", ""))).hasMessageContaining("MASTER_ADDR is not");
    assertThatThrownBy(() -> Rendezvous.of(environment("RANK", "two"))).hasMessageContaining("RANK \"two\"");
    assertThatThrownBy(() -> Rendezvous.of(environment("RANK", "8"))).hasMessageContaining("RANK 8 of WORLD_SIZE 8");
    assertThatThrownBy(() -> Rendezvous.of(environment("MASTER_PORT", "70000"))).hasMessageContaining("MASTER_PORT 70000");
    assertThatThrownBy(() -> Rendezvous.of(environment("LOCAL_RANK", "4"))).hasMessageContaining("LOCAL_RANK 4");
  }

  @Test
  void withoutAGpuNcclIsRefusedAndSaysWhatToDo() {
    org.junit.jupiter.api.Assumptions.assumeFalse(org.bytedeco.pytorch.global.torch.cuda_is_available());
    assertThatThrownBy(() -> Nccl.join(new Rendezvous("127.0.0.1", 29_500, 0, 2, 0), Duration.ofSeconds(1)))
        .hasMessageContaining("cuda:0").hasMessageContaining("-Pcuda");
  }
}
