// SPDX-License-Identifier: Apache-2.0
/** Makes checkpoints smaller and says what that costs. */
@NullMarked
package io.millrace.compress;

import org.jspecify.annotations.NullMarked;
