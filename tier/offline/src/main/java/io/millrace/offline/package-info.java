// SPDX-License-Identifier: Apache-2.0
/** The batch tier: steps from content to artifacts, each kept by the hash of what went in. */
@NullMarked
package io.millrace.offline;

import org.jspecify.annotations.NullMarked;
