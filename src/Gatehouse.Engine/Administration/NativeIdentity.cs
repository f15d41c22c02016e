using System.Runtime.InteropServices;

namespace Gatehouse.Engine.Administration;

/// <summary>The daemon's own identity, as the kernel knows it.</summary>
internal static partial class NativeIdentity
{
    /// <summary>The effective uid (geteuid(2), which never fails).</summary>
    public static uint EffectiveUserId() => GetEffectiveUserId();

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();
}
