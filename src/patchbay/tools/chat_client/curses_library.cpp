#include "patchbay/tools/chat_client/curses_library.hpp"

#include <dlfcn.h>

#include <optional>

namespace patchbay::chat_client {

namespace {

template <class Pointer>
bool find(void* library, const char* name, Pointer& pointer) {
  pointer = reinterpret_cast<Pointer>(::dlsym(library, name));
  return pointer != nullptr;
}

// Nothing when it is not there. Never unloaded.
std::optional<CursesLibrary> load() {
  void* const library = ::dlopen("libncursesw.so.6", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return std::nullopt;
  CursesLibrary found;
  const bool complete =
      find(library, "newterm", found.newterm) && find(library, "delscreen", found.delscreen) &&
      find(library, "endwin", found.endwin) && find(library, "raw", found.raw) &&
      find(library, "noecho", found.noecho) && find(library, "nonl", found.nonl) &&
      find(library, "has_colors", found.has_colors) &&
      find(library, "start_color", found.start_color) &&
      find(library, "use_default_colors", found.use_default_colors) &&
      find(library, "init_pair", found.init_pair) && find(library, "wattr_set", found.wattr_set) &&
      find(library, "wmove", found.wmove) && find(library, "waddnwstr", found.waddnwstr) &&
      find(library, "wclrtoeol", found.wclrtoeol) && find(library, "wrefresh", found.wrefresh) &&
      find(library, "clearok", found.clearok) && find(library, "resizeterm", found.resizeterm) &&
      find(library, "beep", found.beep) && find(library, "stdscr", found.standard_screen);
  if (!complete) return std::nullopt;
  return found;
}

}  // namespace

Result<const CursesLibrary*> CursesLibrary::get() {
  static const std::optional<CursesLibrary> library = load();
  if (library) return &*library;
  return Error(Fault::storage, "draw on the terminal", "ncurses is not installed",
               "sudo apt-get install libncursesw6, or use --bot");
}

}  // namespace patchbay::chat_client
