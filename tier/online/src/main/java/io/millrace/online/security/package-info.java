// SPDX-License-Identifier: Apache-2.0
/** Who may do what: keys, quotas, hosts and origins, response headers. */
@NullMarked
package io.millrace.online.security;

import org.jspecify.annotations.NullMarked;
