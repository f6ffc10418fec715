// SPDX-License-Identifier: Apache-2.0
/** The event log: the first of the two places where tiers meet. */
@NullMarked
package io.millrace.core.log;

import org.jspecify.annotations.NullMarked;
