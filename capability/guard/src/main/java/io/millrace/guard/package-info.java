// SPDX-License-Identifier: Apache-2.0
/** Risk control: what may come in, what may go out, and what nobody may see. */
@NullMarked
package io.millrace.guard;

import org.jspecify.annotations.NullMarked;
