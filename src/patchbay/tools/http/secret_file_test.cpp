#include "patchbay/tools/http/secret_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "patchbay/tools/read_secret.hpp"

namespace patchbay {
namespace {

class SecretFile : public testing::Test {
 protected:
  SecretFile() {
    std::string name = (std::filesystem::temp_directory_path() / "patchbay-secret-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~SecretFile() override { std::filesystem::remove_all(folder_); }

  std::string file(std::string_view content, mode_t mode = 0600) const {
    std::string path = folder_ / "secret";
    std::ofstream(path) << content;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
  std::filesystem::path folder_;
};

TEST_F(SecretFile, IsReadWhenItIsOnesOwn) {
  EXPECT_EQ(read_secret_file(file("joe:pass\n")).value_or("?"), "joe:pass\n");
}

TEST_F(SecretFile, IsRefusedWhenOthersMayReadIt) {
  for (const mode_t mode : {0640u, 0604u, 0620u}) {
    const auto text = read_secret_file(file("joe:pass\n", mode));
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().fault(), Fault::permission);
    EXPECT_NE(text.error().remedy().find("chmod 600"), std::string::npos);
  }
}

TEST_F(SecretFile, HasALimit) {
  EXPECT_FALSE(read_secret_file(file(std::string(70'000, 'x'))));
  EXPECT_FALSE(read_secret_file((folder_ / "missing").string()));
  EXPECT_FALSE(read_secret_file(folder_.string()));
}

// The example of RFC 7617 section 2.
TEST_F(SecretFile, BecomesCredentials) {
  EXPECT_EQ(read_basic_credentials(file("Aladdin:open sesame\r\nrest")).value_or("?"),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_FALSE(read_basic_credentials(file("no colon")));
}

TEST_F(SecretFile, BecomesFields) {
  const auto fields = read_secret_fields(file("Authorization: Bearer x\n\nX-Key:  y \n"));
  ASSERT_TRUE(fields);
  EXPECT_EQ(*fields, (HttpFieldList{{"Authorization", "Bearer x"}, {"X-Key", "y"}}));
  const auto broken = read_secret_fields(file("topsecret\n"));
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().describe().find("topsecret"), std::string::npos);
}

}  // namespace
}  // namespace patchbay
