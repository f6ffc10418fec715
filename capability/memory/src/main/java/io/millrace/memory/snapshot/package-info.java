// SPDX-License-Identifier: Apache-2.0
/** Snapshots of the memory's views, and putting one in their place. */
@NullMarked
package io.millrace.memory.snapshot;

import org.jspecify.annotations.NullMarked;
