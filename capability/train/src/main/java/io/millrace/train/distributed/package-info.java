// SPDX-License-Identifier: Apache-2.0
/** Training by several processes: what is shared among them, how gradients become one, how they start and how they end. */
@NullMarked
package io.millrace.train.distributed;

import org.jspecify.annotations.NullMarked;
