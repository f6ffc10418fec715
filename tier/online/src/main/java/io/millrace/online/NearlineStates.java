// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import java.util.Map;
import java.util.function.Supplier;

/** States of the nearline jobs by name, as far as this process knows; empty when they run elsewhere. */
public interface NearlineStates extends Supplier<Map<String, String>> {}
