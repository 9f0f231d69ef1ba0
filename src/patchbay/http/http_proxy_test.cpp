#include "patchbay/http/http_proxy.hpp"

#include <gtest/gtest.h>
