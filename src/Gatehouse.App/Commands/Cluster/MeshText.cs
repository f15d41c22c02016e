using System.Globalization;

namespace Gatehouse.App.Commands.Cluster;

/// <summary>Figures of the mesh for people.</summary>
internal static class MeshText
{
    /// <summary><c>0.42 ms</c>, <c>12 ms</c>, <c>3.1 s</c>; null for none.</summary>
    public static string? Milliseconds(double? value) => value switch
    {
        null => null,
        { } ms when Math.Abs(ms) >= 1000 => (ms / 1000).ToString("0.0", CultureInfo.InvariantCulture) + " s",
        { } ms when Math.Abs(ms) >= 10 => ms.ToString("0", CultureInfo.InvariantCulture) + " ms",
        { } ms => ms.ToString("0.00", CultureInfo.InvariantCulture) + " ms",
    };
}
