// SPDX-License-Identifier: Apache-2.0
/** Processes that compute together: what they exchange, how they find each other, and what happens when one is gone. */
@NullMarked
package io.millrace.tensor.collective;

import org.jspecify.annotations.NullMarked;
