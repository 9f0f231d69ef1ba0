#include "patchbay/tools/http/qr_code.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace patchbay {
namespace {

using Rows = std::vector<std::string>;  // '#' is dark

// What a picture shows: two modules to a character, between the colours of each line.
Rows modules(const std::string& picture) {
  Rows rows;
  for (std::size_t at = 0; at < picture.size();) {
    const std::size_t end = picture.find('\n', at);
    std::string line = picture.substr(at, end - at);
    at = end + 1;
    line.erase(0, line.find('m') + 1);
    line.erase(line.rfind('\x1b'));
    std::string above, below;
    while (!line.empty()) {
      const std::size_t size = line[0] == ' ' ? 1 : 3;
      const std::string one = line.substr(0, size);
      line.erase(0, size);
      above += one == "█" || one == "▀" ? '#' : '.';
      below += one == "█" || one == "▄" ? '#' : '.';
    }
    rows.push_back(above);
    rows.push_back(below);
  }
  return rows;
}

const Rows k_finder = {"#######", "#.....#", "#.###.#", "#.###.#", "#.###.#", "#.....#", "#######"};

Rows part(const Rows& rows, std::size_t x, std::size_t y) {
  Rows found;
  for (std::size_t i = 0; i < 7; ++i) found.push_back(rows.at(y + i).substr(x, 7));
  return found;
}

// The three corners by which a camera finds it, with a bright margin around (ISO 18004).
TEST(QrCode, CanBeFoundByACamera) {
  const Rows rows = modules(qr_code("https://192.0.2.7:8443/"));
  const std::size_t size = rows.front().size() - 4;
  ASSERT_EQ((size - 17) % 4, 0U);
  ASSERT_GE(rows.size(), size + 4);
  EXPECT_EQ(part(rows, 2, 2), k_finder);
  EXPECT_EQ(part(rows, 2 + size - 7, 2), k_finder);
  EXPECT_EQ(part(rows, 2, 2 + size - 7), k_finder);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].size(), size + 4);
    EXPECT_TRUE(rows[i].starts_with("..") && rows[i].ends_with("..")) << i;
    if (i < 2 || i >= size + 2) EXPECT_EQ(rows[i].find('#'), std::string::npos) << i;
  }
}

TEST(QrCode, IsAnotherForAnotherText) {
  EXPECT_NE(qr_code("https://192.0.2.7:8443/"), qr_code("https://192.0.2.7:8444/"));
  EXPECT_GT(qr_code(std::string(200, 'x')).size(), qr_code("x").size());
}

TEST(QrCode, HasAnEnd) {
  EXPECT_EQ(qr_code(""), "");
  EXPECT_EQ(qr_code(std::string("a\0b", 3)), "");
  EXPECT_EQ(qr_code(std::string(10'000, 'x')), "");
}

}  // namespace
}  // namespace patchbay
