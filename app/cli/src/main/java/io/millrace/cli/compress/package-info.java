// SPDX-License-Identifier: Apache-2.0
/** {@code millrace compress}. */
@NullMarked
package io.millrace.cli.compress;

import org.jspecify.annotations.NullMarked;
