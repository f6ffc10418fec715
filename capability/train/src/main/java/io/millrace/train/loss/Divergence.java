// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.loss;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * How far a student's distribution over the next token is from a teacher's, over the whole vocabulary.
 *
 * <p>Sources: Hinton et al. 2015 (forward, temperature); Gu et al. 2023, MiniLLM (reverse); Agarwal et al. 2023, GKD
 * (Jensen–Shannon, equation 1).
 */
public enum Divergence {
  /** KL(teacher ‖ student): the student covers all that the teacher would say. */
  FORWARD {
    @Override
    Tensor of(Tensor student, Tensor teacher) {
      return expected(teacher, teacher.sub(student));
    }
  },
  /** KL(student ‖ teacher): the student says only what the teacher would say. */
  REVERSE {
    @Override
    Tensor of(Tensor student, Tensor teacher) {
      return expected(student, student.sub(teacher));
    }
  },
  /** The mean of both divergences from the even mixture of student and teacher: bounded by log 2. */
  JENSEN_SHANNON {
    @Override
    Tensor of(Tensor student, Tensor teacher) {
      Tensor mixture = torch.logaddexp(student, teacher).sub(new Scalar(Math.log(2)));
      return FORWARD.of(mixture, teacher).add(FORWARD.of(mixture, student)).mul(new Scalar(0.5));
    }
  };

  /** From log-probabilities [n, vocabulary] to one number a position [n]. */
  abstract Tensor of(Tensor student, Tensor teacher);

  private static Tensor expected(Tensor logWeights, Tensor values) {
    return torch.exp(logWeights).mul(values).sum(-1);
  }

  /**
   * The divergence at each position, times the temperature squared, so that gradients keep their size
   * (Hinton et al. 2015, section 2).
   *
   * @param studentLogits [n, vocabulary]
   * @param teacherLogits [n, vocabulary]; carry no gradient
   * @param temperature above 1 shows the student more of what the teacher holds unlikely
   * @return [n], in nats times the temperature squared
   */
  public Tensor of(Tensor studentLogits, Tensor teacherLogits, double temperature) {
    if (!(temperature > 0)) {
      throw new IllegalArgumentException("temperature " + temperature + " must be positive");
    }
    Scalar divisor = new Scalar(temperature);
    return of(studentLogits.div(divisor).log_softmax(-1), teacherLogits.div(divisor).log_softmax(-1))
        .mul(new Scalar(temperature * temperature));
  }
}
