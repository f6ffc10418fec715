// SPDX-License-Identifier: Apache-2.0
/** libtorch through JavaCPP: who owns native memory, which device and number format, and copies to and from Java. */
@NullMarked
package io.millrace.tensor;

import org.jspecify.annotations.NullMarked;
