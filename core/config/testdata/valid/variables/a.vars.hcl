from_folder = "from the folder"
from_file   = "from the folder"
from_env    = "from the folder"
