return {utils = {}, name = ...}
