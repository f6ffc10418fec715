// SPDX-License-Identifier: Apache-2.0
/** What the stages minimise: each loss is a small pure class over tensors, with the paper that it comes from. */
@NullMarked
package io.millrace.train.loss;

import org.jspecify.annotations.NullMarked;
