namespace Gatehouse.Doctor.Texts;

/// <summary>
/// The configuration files of guarded systems, read without losing a byte and changed without touching more than a setting. A
/// <see cref="ConfigDocument"/> is one file: its text, what it sets, and where. A <see cref="SettingTree"/> is what is in force once
/// files, includes and the environment lie on top of each other. Pure: bytes in, values or a problem with its place out; who includes
/// a file says where its bytes come from.
/// </summary>
internal static class Room;
