// SPDX-License-Identifier: Apache-2.0
/** Answers that a policy samples, with what it thought of them: what reinforcement learning learns from. */
@NullMarked
package io.millrace.train.rollout;

import org.jspecify.annotations.NullMarked;
