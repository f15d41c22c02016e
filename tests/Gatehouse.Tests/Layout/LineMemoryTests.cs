using Gatehouse.Layout;
using Shouldly;
using Xunit;

namespace Gatehouse.Tests.Layout;

/// <summary>Memory for tables that are read at random.</summary>
public sealed class LineMemoryTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(3_000_000)]
    public void Line_memory_is_empty_and_begins_on_a_line(int length)
    {
        for (int i = 0; i < 3; i++)
        {
            byte[] memory = LineMemory.Allocate(length, out int start);
            memory.AsSpan(start, length).ContainsAnyExcept((byte)0).ShouldBeFalse();
            unsafe
            {
                fixed (byte* first = &memory[start])
                {
                    ((nuint)first % LineMemory.LineSize).ShouldBe((nuint)0);
                }
            }

            memory.AsSpan(start, length).Fill(0xff);
        }
    }
}
