// SPDX-License-Identifier: Apache-2.0
/** What every part of the HTTP interface shares: refusals, bodies, trace ids. */
@NullMarked
package io.millrace.online.http;

import org.jspecify.annotations.NullMarked;
