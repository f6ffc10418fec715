// SPDX-License-Identifier: Apache-2.0
/** The streaming tier: documents become passages and vectors, events become features, in seconds. */
@NullMarked
package io.millrace.nearline;

import org.jspecify.annotations.NullMarked;
