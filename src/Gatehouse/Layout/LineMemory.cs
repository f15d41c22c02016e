using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gatehouse.Layout;

/// <summary>
/// Memory for tables that are read at random: pinned, so that what was laid out by lines of the processor's cache stays so,
/// and, where it is large, on large pages if the system has any to give. On pages of 4 KiB every look into a large table
/// first waits for the page to be found, on a virtual machine twice.
/// </summary>
internal static partial class LineMemory
{
    /// <summary>Bytes in a line of the processor's cache.</summary>
    public const int LineSize = 64;

    private const int PageSize = 2 * 1024 * 1024;
    private const int AdviceHugePage = 14;

    /// <summary>Zeroed memory whose first byte to be used is at <paramref name="start"/>, where a line begins.</summary>
    public static byte[] Allocate(int length, out int start)
    {
        bool isLarge = length >= PageSize / 2;
        int alignment = isLarge ? PageSize : LineSize;
        int used = isLarge ? checked((length + PageSize - 1) / PageSize * PageSize) : length;
        byte[] memory = GC.AllocateUninitializedArray<byte>(checked(used + alignment), pinned: true);
        nuint address = AddressOf(memory);
        start = (int)((nuint)alignment - (address % (nuint)alignment)) % alignment;
        if (isLarge)
        {
            PreferLargePages(address + (nuint)start, (nuint)used);
        }

        memory.AsSpan(start, length).Clear();
        return memory;
    }

    private static unsafe nuint AddressOf(byte[] pinned) => (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));

    // Only advice, before the memory is first touched; whether it was taken makes no difference but in time.
    private static void PreferLargePages(nuint address, nuint length)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            _ = Advise(address, length, AdviceHugePage);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // A system without this call has no large pages to advise on.
        }
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nuint address, nuint length, int advice);
}
