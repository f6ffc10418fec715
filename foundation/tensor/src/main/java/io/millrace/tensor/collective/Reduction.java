// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.collective;

import org.bytedeco.pytorch.ReduceOp;
import org.bytedeco.pytorch.ReduceOp.RedOpType;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** How the numbers of all ranks become one, element by element. */
public enum Reduction {
  SUM(RedOpType.SUM) {
    @Override
    Tensor over(Tensor stacked) {
      return stacked.sum(0);
    }
  },
  PRODUCT(RedOpType.PRODUCT) {
    @Override
    Tensor over(Tensor stacked) {
      return torch.prod(stacked, 0);
    }
  },
  MIN(RedOpType.MIN) {
    @Override
    Tensor over(Tensor stacked) {
      return torch.amin(stacked, new long[] {0}, false);
    }
  },
  MAX(RedOpType.MAX) {
    @Override
    Tensor over(Tensor stacked) {
      return torch.amax(stacked, new long[] {0}, false);
    }
  };

  private final RedOpType type;

  Reduction(RedOpType type) {
    this.type = type;
  }

  /** c10d's name of it, owned by the open scope. */
  ReduceOp c10d() {
    return new ReduceOp(type);
  }

  /** From [ranks, ...] to [...]. */
  abstract Tensor over(Tensor stacked);
}
