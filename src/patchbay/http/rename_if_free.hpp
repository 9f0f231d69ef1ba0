// Gives a file a name that nothing has, in one step.
#pragma once

namespace patchbay {

// From one name to another in the open `folder`. 0 or an errno: EEXIST when something has that
// name already, which is left as it is. Where the file system cannot rename so (NFS, some FUSE) a
// second name is made and the first one taken away. May wait for a disk.
int rename_if_free(int folder, const char* from, const char* to);

}  // namespace patchbay
