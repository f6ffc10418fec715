// SPDX-License-Identifier: Apache-2.0
/** The artifact registry: the second of the two places where tiers meet. */
@NullMarked
package io.millrace.core.registry;

import org.jspecify.annotations.NullMarked;
