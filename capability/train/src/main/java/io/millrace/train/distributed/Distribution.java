// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.distributed;

import io.millrace.tensor.collective.Collective;
import io.millrace.tensor.collective.SingleProcess;

/**
 * The processes that train one model together, and what they divide.
 *
 * @param group the processes; closed by whoever made it
 * @param sharding what each of them holds only a part of
 * @param bucketBytes gradients are exchanged in portions of about so many bytes, each as soon as it is complete, while
 *     the backward pass goes on
 */
public record Distribution(Collective group, Sharding sharding, long bucketBytes) {
  private static final long BUCKET_BYTES = 8L << 20;

  /** Checks the range. */
  public Distribution {
    if (bucketBytes < 1) {
      throw new IllegalArgumentException("bucketBytes " + bucketBytes + ": must be positive");
    }
  }

  /** One process that trains alone. */
  public static Distribution alone() {
    return over(new SingleProcess(), Sharding.NONE);
  }

  /** The group with the usual size of portions. */
  public static Distribution over(Collective group, Sharding sharding) {
    return new Distribution(group, sharding, BUCKET_BYTES);
  }

  /** How many processes there are. */
  public int size() {
    return group.size();
  }

  /** This process's number. */
  public int rank() {
    return group.rank();
  }

  /** Whether this process writes what is written once: metrics, the model. */
  public boolean leads() {
    return group.rank() == 0;
  }

  /** Whether the state of one process is a part of the whole. */
  public boolean sharded() {
    return size() > 1 && sharding != Sharding.NONE;
  }
}
