// SPDX-License-Identifier: Apache-2.0
/** One way to write and read JSON and YAML. */
@NullMarked
package io.millrace.core.json;

import org.jspecify.annotations.NullMarked;
