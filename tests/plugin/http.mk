# SPDX-License-Identifier: BSD-2-Clause
# Tests of plugins/http under a fake host.
