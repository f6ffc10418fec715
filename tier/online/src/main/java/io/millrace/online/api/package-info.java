// SPDX-License-Identifier: Apache-2.0
/** The HTTP interface for programs. */
@NullMarked
package io.millrace.online.api;

import org.jspecify.annotations.NullMarked;
