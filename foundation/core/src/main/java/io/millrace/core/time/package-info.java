// SPDX-License-Identifier: Apache-2.0
/** Time that work may take. */
@NullMarked
package io.millrace.core.time;

import org.jspecify.annotations.NullMarked;
