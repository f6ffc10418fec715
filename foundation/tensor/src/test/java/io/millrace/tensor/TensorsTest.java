// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TensorsTest {
  @Test
  void copiesArraysThereAndBack() {
    try (Scope scope = Scope.open()) {
      Tensor tensor = Tensors.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
      assertThat(Tensors.floats(tensor.t())).containsExactly(1, 4, 2, 5, 3, 6);
      assertThat(Tensors.longs(Tensors.of(new int[] {7, 8}, 2))).containsExactly(7, 8);
      assertThat(Tensors.doubles(Tensors.of(new double[] {0.1}, 1))).containsExactly(0.1);
      assertThat(DType.of(tensor.to(DType.BF16.torch()))).isEqualTo(DType.BF16);
    }
  }

  @Test
  void refusesAShapeThatDoesNotFitAndNamesBoth() {
    assertThatThrownBy(() -> Tensors.of(new float[5], 2, 3)).hasMessageContaining("[2, 3]").hasMessageContaining("20");
  }

  @Test
  void refusesTheMemoryOfAView() {
    try (Scope scope = Scope.open()) {
      Tensor view = torch.zeros(2, 3).t();
      assertThatThrownBy(() -> Tensors.segment(view)).hasMessageContaining("strided");
    }
  }

  @Test
  void freesWhatAScopeOwnsAndKeepsWhatWasKept() {
    Tensor freed;
    Tensor kept;
    try (Scope scope = Scope.open()) {
      freed = torch.ones(4);
      kept = Scope.keep(torch.ones(4));
    }
    assertThat(freed.isNull()).isTrue();
    assertThat(Tensors.floats(kept)).containsOnly(1f);
    Scope.free(kept);
    assertThat(kept.isNull()).isTrue();
  }

  @Test
  void residentMemoryStaysFlatOverManyScopes() {
    churn(20);
    long before = ProcessMemory.resident();
    churn(400);
    // 400 leaked steps would be 1.6 GB.
    assertThat(ProcessMemory.resident() - before).isLessThan(200L << 20);
    assertThat(ProcessMemory.peak()).isGreaterThanOrEqualTo(before);
  }

  private static void churn(int steps) {
    for (int step = 0; step < steps; step++) {
      try (Scope scope = Scope.open()) {
        torch.ones(1024, 1024).add_(new org.bytedeco.pytorch.Scalar(1));
      }
    }
  }

  @Test
  void seedsRepeatAndDevicesParse() {
    try (Scope scope = Scope.open()) {
      Torch.seed(5);
      float[] first = Tensors.floats(torch.rand(8));
      Torch.seed(5);
      assertThat(Tensors.floats(torch.rand(8))).isEqualTo(first);
    }
    assertThat(Device.parse("cuda:1")).isEqualTo(new Device(Device.Kind.CUDA, 1));
    assertThatThrownBy(() -> Device.parse("tpu")).hasMessageContaining("tpu");
  }
}
