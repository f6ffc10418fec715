// SPDX-License-Identifier: Apache-2.0
/** Metrics in the files that TensorBoard reads. */
@NullMarked
package io.millrace.train.tensorboard;

import org.jspecify.annotations.NullMarked;
