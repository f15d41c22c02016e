namespace Gatehouse.Protocols.Zip;

/// <summary>Zip archives (PKWARE APPNOTE.TXT 6.3) checked while they pass: names, sizes, contents, and that both directories agree. Pure.</summary>
internal static class Room;
