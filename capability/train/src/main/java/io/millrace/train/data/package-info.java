// SPDX-License-Identifier: Apache-2.0
/** Training data as people have it, in JSON lines, JSON arrays and plain text, read into records and checked. */
@NullMarked
package io.millrace.train.data;

import org.jspecify.annotations.NullMarked;
