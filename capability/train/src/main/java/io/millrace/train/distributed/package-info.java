// SPDX-License-Identifier: Apache-2.0
/** Training by several processes. */
@NullMarked
package io.millrace.train.distributed;

import org.jspecify.annotations.NullMarked;
