"""The generator: challenges, quests and suggestions. One file per answer."""
